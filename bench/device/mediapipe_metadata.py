"""Gives YAMNet the metadata without which MediaPipe's AudioEmbedder refuses it: mediapipe_metadata.py IN.tflite OUT.tflite

Needs `pip install mediapipe==0.10.21`. Then: YAMNET=OUT.tflite npm run bench -- device
"""
import sys

import flatbuffers
from mediapipe.tasks.metadata import metadata_schema_py_generated as schema
from mediapipe.tasks.python.metadata.metadata import MetadataPopulator


def tensor(name, kind, properties):
    described = schema.TensorMetadataT()
    described.name = name
    described.content = schema.ContentT()
    described.content.contentPropertiesType = kind
    described.content.contentProperties = properties
    return described


audio = schema.AudioPropertiesT()
audio.sampleRate = 16_000
audio.channels = 1
graph = schema.SubGraphMetadataT()
graph.inputTensorMetadata = [tensor('audio', schema.ContentProperties.AudioProperties, audio)]
graph.outputTensorMetadata = [
    tensor(name, schema.ContentProperties.FeatureProperties, schema.FeaturePropertiesT())
    for name in ('scores', 'embedding')
]
model = schema.ModelMetadataT()
model.name = 'YAMNet'
model.subgraphMetadata = [graph]

builder = flatbuffers.Builder(0)
builder.Finish(model.Pack(builder), MetadataPopulator.METADATA_FILE_IDENTIFIER)
with open(sys.argv[1], 'rb') as file:
    populator = MetadataPopulator.with_model_buffer(file.read())
populator.load_metadata_buffer(bytes(builder.Output()))
populator.populate()
with open(sys.argv[2], 'wb') as file:
    file.write(populator.get_model_buffer())
