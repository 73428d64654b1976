"""Every figure that a report can hold, in one place: `figures.curves(history)`."""

from kerasuite.report.classification_figures import confusion_matrix, per_class_bars, reliability
from kerasuite.report.curves import curves, metric_names
from kerasuite.report.picture_figures import filters, mistakes_sheet, picture_sheet

__all__ = [
    "confusion_matrix",
    "curves",
    "filters",
    "metric_names",
    "mistakes_sheet",
    "per_class_bars",
    "picture_sheet",
    "reliability",
]
