"""Every figure that a report can hold, in one place: `figures.curves(history)`."""

from kerasuite.report.agent_figures import reward_curve, reward_histogram
from kerasuite.report.boundary_figures import (
    Plane,
    boundary_film,
    decision_boundary,
    mistake_counts,
)
from kerasuite.report.caption_figures import attention_sheet, caption_sheet
from kerasuite.report.classification_figures import confusion_matrix, per_class_bars, reliability
from kerasuite.report.clip_figures import clip_film, order_bars, space_time_filters
from kerasuite.report.code_figures import code_plane, picture_rows
from kerasuite.report.curves import curves, metric_names
from kerasuite.report.detection_figures import ap_bars, box_sheet, precision_recall
from kerasuite.report.film import film
from kerasuite.report.generation_figures import mode_map, picture_grid, point_frame, tiled
from kerasuite.report.layer_figures import layer_profile
from kerasuite.report.message_figures import class_words, deciding_words, detection_curve
from kerasuite.report.multitask_figures import residual_bars, task_sheet
from kerasuite.report.picture_figures import filters, mistakes_sheet, picture_sheet
from kerasuite.report.regression_figures import (
    decile_bars,
    importance_bars,
    predicted_against_true,
)
from kerasuite.report.segmentation_figures import iou_bars, mask_sheet
from kerasuite.report.signal_figures import continuation, error_lines, foretold
from kerasuite.report.tagging_figures import average_precision_bars, tag_sheet

__all__ = [
    "Plane",
    "ap_bars",
    "attention_sheet",
    "average_precision_bars",
    "boundary_film",
    "box_sheet",
    "caption_sheet",
    "class_words",
    "clip_film",
    "code_plane",
    "confusion_matrix",
    "continuation",
    "curves",
    "deciding_words",
    "decile_bars",
    "decision_boundary",
    "detection_curve",
    "error_lines",
    "film",
    "filters",
    "foretold",
    "importance_bars",
    "iou_bars",
    "layer_profile",
    "mask_sheet",
    "metric_names",
    "mistake_counts",
    "mistakes_sheet",
    "mode_map",
    "order_bars",
    "per_class_bars",
    "picture_grid",
    "picture_rows",
    "picture_sheet",
    "point_frame",
    "precision_recall",
    "predicted_against_true",
    "reliability",
    "residual_bars",
    "reward_curve",
    "reward_histogram",
    "space_time_filters",
    "tag_sheet",
    "task_sheet",
    "tiled",
]
