"""From account lines to evidence: the category and nature of each line, and true operating income."""
