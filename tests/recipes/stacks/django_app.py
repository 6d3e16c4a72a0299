"""An application with the recipe in it."""

import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import JsonResponse
from django.urls import path

INSTALLED_APPS = []
MIDDLEWARE = ["django_app.login", "django.middleware.common.CommonMiddleware"]

@@settings@@


def login(get_response):
    """The middleware that wants an Authorization header."""

    def answer(request):
        if request.path == "/api/private" and "Authorization" not in request.headers:
            return JsonResponse({}, status=401)
        return get_response(request)

    return answer


def broken(request):
    raise RuntimeError("broken")


def product(request):
    return JsonResponse({}, headers={"X-Total": "7"})


urlpatterns = [
    path("api/broken", broken),
    path("api/products/1", product),
    path("api/private", product),
]

if __name__ == "__main__":
    names = {name: value for name, value in globals().items() if name.isupper()}
    settings.configure(ROOT_URLCONF="django_app", ALLOWED_HOSTS=["*"], SECRET_KEY="test", **names)
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "127.0.0.1:@@PORT@@"])
