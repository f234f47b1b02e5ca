"""What our operators and sensors have in common: their AWS connection, their memory, their patience."""
