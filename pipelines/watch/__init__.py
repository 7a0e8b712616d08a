"""What the monthly run reads of firms with loans of ours, keeps and tabulates, and whether its model is right."""
