def home(request: object) -> object:
    return request
