"""Starts, stops and resizes EC2 and RDS on a timetable.

Everything directly in this package is pure: it takes values and returns values. Only `instance_scheduler.aws` reaches AWS.
"""
