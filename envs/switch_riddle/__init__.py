"""The switch riddle: its rules, bars and drawing."""
