"""Reading the shell in RUN, with positions."""
