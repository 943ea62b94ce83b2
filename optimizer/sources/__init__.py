"""What application sources say: files opened, programs started."""
