"""The watch: from cheap signs to a suspicion, which exact counts confirm or not."""
