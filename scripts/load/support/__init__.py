"""What only the load checks need."""
