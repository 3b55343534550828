"""The tea house: the look that all servers share, and how they are run. Nothing of sessions is taught here."""

from steps.tea_house.run import BUILD, building, run
from steps.tea_house.site import TeaHouse, field, page

__all__ = ["BUILD", "TeaHouse", "building", "field", "page", "run"]
