"""The switch riddle: its rules, reference returns and drawing."""
