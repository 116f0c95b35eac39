"""account: what clients owe and have paid."""
