"""What is known about an enterprise, and when. Imports nothing of ours, writes nothing, reads no clock."""
