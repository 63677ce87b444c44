"""The command line ``interlect``."""
