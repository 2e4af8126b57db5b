"""What the doors stand on: wires, deadlines, redaction, recording."""
