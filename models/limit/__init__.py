"""The limit: one file a leg, the smallest leg binds."""
