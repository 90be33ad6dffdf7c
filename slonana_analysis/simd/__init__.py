"""What vector instructions ask of data: memory aligned to the widest register."""
