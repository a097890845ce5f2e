"""What a moderator works with: claims, decisions, undo, the focus view, the queue."""
