"""Pure rules and frozen facts: no input or output, no Slack, no SQL, no clock."""
