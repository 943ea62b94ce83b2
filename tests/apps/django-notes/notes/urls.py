from django.urls import path

from notes.pad import views

urlpatterns = [path("", views.page), path("add/<str:text>", views.add), path("dot", views.dot)]
