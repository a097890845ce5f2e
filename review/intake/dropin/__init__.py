"""The doors for clients that already speak another moderation API: OpenAI's, Perspective's, and Coral's own."""
