"""Every figure that a report can hold, in one place: `figures.curves(history)`."""

from kerasuite.report.classification_figures import confusion_matrix, per_class_bars, reliability
from kerasuite.report.curves import curves, metric_names
from kerasuite.report.picture_figures import filters, mistakes_sheet, picture_sheet
from kerasuite.report.segmentation_figures import iou_bars, mask_sheet

__all__ = [
    "confusion_matrix",
    "curves",
    "filters",
    "iou_bars",
    "mask_sheet",
    "metric_names",
    "mistakes_sheet",
    "per_class_bars",
    "picture_sheet",
    "reliability",
]
