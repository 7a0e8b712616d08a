"""The pages that a person reads.

A page is built from a decision in its published shape and the firm's months alone, is complete in itself (no script,
no network) and says the answer first.
"""
