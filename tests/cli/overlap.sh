mkdir -p bucket/2024
echo x >bucket/2024/object
millrace run bucket bucket/2024 -o out
