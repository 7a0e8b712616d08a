"""What training, validation, comparison and promotion share: the recipe of each model, its rows, gates and settings."""
