from unittest.mock import Mock

GATEWAY = Mock()
