"""An economy of small firms whose truth is known."""
