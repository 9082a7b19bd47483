from datetime import datetime

NOW = datetime.now()
