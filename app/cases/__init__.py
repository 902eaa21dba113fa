"""From price signal to decision."""
