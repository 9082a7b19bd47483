from quanshi.kernel.ids import new_id

ID = new_id()
