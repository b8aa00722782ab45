"""Logger and metrics of every function, made once. Service name and level come from Powertools' own environment variables."""

from collections.abc import Iterable

from aws_lambda_powertools import Logger

from instance_scheduler.metrics import NAMESPACE, Measurement, Metric

logger = Logger(use_rfc3339=True)


def emit(measurements: Iterable[Measurement]) -> None:
    """Write measurements as log lines in the embedded metric format, one each; CloudWatch makes the metrics of them."""
    # Read when it is needed first: most stacks have no metrics, and an environment starts sooner without them.
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    units = {Metric.RUN_DURATION: MetricUnit.Seconds}
    for measurement in measurements:
        # Without a service of its own: it would be one more dimension of every metric.
        line = EphemeralMetrics(namespace=NAMESPACE, service="")
        for name, value in measurement.dimensions.items():
            line.add_dimension(name=name, value=value)
        for metric, number in measurement.values.items():
            line.add_metric(name=metric, unit=units.get(metric, MetricUnit.Count), value=number)
        line.flush_metrics()
