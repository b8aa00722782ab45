"""Logger and tracer of every function, made once. Service name and level come from Powertools' own environment variables."""

from aws_lambda_powertools import Logger

logger = Logger(use_rfc3339=True)
