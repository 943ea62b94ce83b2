// copies templates/app to where the user wants it
