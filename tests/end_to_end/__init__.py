"""The program as users have it: a command line, real container tools, small applications."""
