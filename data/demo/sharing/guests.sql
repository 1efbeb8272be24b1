SET VARIABLE guests = 'few'
