"""What other programs see of the bot: health, readiness and metrics."""
