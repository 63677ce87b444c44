"""The switch riddle: prisoners find out through one switch when all of them have been in the room."""
