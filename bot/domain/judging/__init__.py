"""The rules behind `bot.domain.judgement.judge`, one module for each group of reason codes."""
