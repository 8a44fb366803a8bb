"""Intake: files as received become typed landing tables, with nothing lost and every problem in one message.

The way in is `orchestration.intake.receive.receive_return`.
"""
