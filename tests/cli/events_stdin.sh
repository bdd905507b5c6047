printf "%s\n" "2023-01-05T12:00:00.000Z	3f2b0c1e-7a44-4d5e-9b1f-0123456789ab	ERROR	{\"title\":\"Broken\",\"details\":{\"n\":1}}" | millrace events -
