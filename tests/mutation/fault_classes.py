"""Every class of fault that the campaign plants: importing a module of classes registers them.

Does not belong here: the classes themselves, which stand in the modules named below.
"""

from __future__ import annotations

from tests.mutation import (
    fault_classes_answers,
    fault_classes_field,
    fault_classes_field_sample,
    fault_classes_files,
    fault_classes_people,
    fault_classes_second,
)
from tests.mutation.fault_class import CLASSES, FaultClass, Files

MODULES = (
    fault_classes_files,
    fault_classes_people,
    fault_classes_answers,
    fault_classes_field,
    fault_classes_field_sample,
    fault_classes_second,
)

__all__ = ["CLASSES", "MODULES", "FaultClass", "Files"]
