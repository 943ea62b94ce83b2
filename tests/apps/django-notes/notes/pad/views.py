from io import BytesIO

from django.http import HttpResponse
from django.shortcuts import render
from PIL import Image

from notes.pad.models import Note


def page(request):
    return render(request, "pad/page.html", {"notes": Note.objects.order_by("id")})


def add(request, text):
    return HttpResponse(str(Note.objects.create(text=text).pk), content_type="text/plain")


def dot(request):
    image = BytesIO()
    Image.new("RGB", (2, 2), "red").save(image, "PNG")
    return HttpResponse(image.getvalue(), content_type="image/png")
