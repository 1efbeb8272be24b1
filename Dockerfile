# An image for the work pools *docker and *kubernetes of prefect.yaml: docker build -t imagekeeper .
FROM python:3.13-slim

WORKDIR /opt/imagekeeper
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY domain domain
COPY data data
COPY flows flows
COPY notebooks notebooks
RUN pip install --no-cache-dir --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .

# The home lies on a volume: the warehouse and the images must outlive a container.
ENV IMAGEKEEPER_HOME=/var/lib/imagekeeper
RUN useradd --create-home --uid 1000 imagekeeper && install -d -m 0700 -o imagekeeper /var/lib/imagekeeper
USER imagekeeper
