"""The moderation desk: one Django app, a folder for each capability."""
