import uuid

RUN = uuid.uuid4().hex
