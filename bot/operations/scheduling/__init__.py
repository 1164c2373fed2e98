"""What is done to databases although nobody asks for it: begun, looked after, shown."""
