"""Every class of fault that the campaign plants: importing a module of classes registers them.

Does not belong here: the classes themselves, which are in the modules named below.
"""

from __future__ import annotations

from tests.mutation import (
    fault_classes_answers,
    fault_classes_field,
    fault_classes_field_sample,
    fault_classes_files,
    fault_classes_people,
    fault_classes_second,
    fault_classes_second_sample,
)
from tests.mutation.fault_class import CLASSES, FaultClass, Files

MODULES = (
    fault_classes_files,
    fault_classes_people,
    fault_classes_answers,
    fault_classes_field,
    fault_classes_field_sample,
    fault_classes_second,
    fault_classes_second_sample,
)

__all__ = ["CLASSES", "MODULES", "FaultClass", "Files"]
