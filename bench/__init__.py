"""What a training step costs, in every form that the book has of it."""
