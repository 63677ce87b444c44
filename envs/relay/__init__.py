"""The relay: its rules, chains, bars and drawing."""
