"""From features to risk, a limit and reasons.

This folder is code; trained models live in MLflow. ``fit_credit_model`` learns, ``decide`` answers with full
decisions, ``decide_table`` with their scalar columns, ``save`` and ``load`` keep a model as a folder of data.
Nothing here writes outside the folder it is handed, and nothing reads a clock.
"""
