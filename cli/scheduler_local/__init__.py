"""The embedded AWS."""

from scheduler_local.data_files import parse_once

parse_once()
