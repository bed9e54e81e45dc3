"""What is read from templates: shapes as real applications have them, written anew."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py._application.function import Function, Inline, TemplateError
from snapshot_restore_py._application.templates import Application, read

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """A folder in which templates and code are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: Any = "") -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def read(self, content: Any, name: str = "template.yaml", **parameters: str) -> Application:
        return read(self.write(name, content), parameters)

    def functions(self, content: Any, **options: str) -> dict[str, Function]:
        return {one.name: one for one in self.read(content, **options).functions}

    def variables(self, sections: str, value: str, **parameters: str) -> Function:
        """Return a function whose variable X is `value` in YAML."""
        text = f"{textwrap.dedent(sections)}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n"
        text += "    Properties:\n      Environment:\n        Variables:\n"
        file = self.write("values.yaml", text + f"          X: {value}\n")
        return read(file, parameters).functions[0]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


SAM = """
    AWSTemplateFormatVersion: 2010-09-09
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Stage: {Type: String, Default: dev}
    Globals:
      Function:
        Runtime: python3.13
        Timeout: 20
        MemorySize: 512
        Layers: [!Ref Common]
        SnapStart: {ApplyOn: PublishedVersions}
        Environment:
          Variables: {STAGE: !Ref Stage, LEVEL: INFO}
    Resources:
      Common:
        Type: AWS::Serverless::LayerVersion
        Properties: {ContentUri: layers/common, CompatibleRuntimes: [python3.13]}
        Metadata: {BuildMethod: python3.13}
      Orders:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: orders/
          Handler: app.handler
          FunctionName: !Sub "${AWS::StackName}-orders-${Stage}"
          MemorySize: 1024
          Layers: [!Ref Extra, "arn:aws:lambda:us-east-1:1:layer:insights:38"]
          Environment:
            Variables: {TABLE: !Ref Table, PORT: 8080, DEBUG: false, LEVEL: DEBUG}
      Extra:
        Type: AWS::Lambda::LayerVersion
        Properties: {Content: layers/extra}
      Web:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: web, Handler: index.handler, Runtime: nodejs22.x}
      Reports:
        Type: AWS::Serverless::Function
        Properties:
          PackageType: Image
          Timeout: 900
      Table: {Type: AWS::DynamoDB::Table}
"""


class TestSam:
    def test_a_function_has_what_stands_in_it_and_in_the_globals(self, project):
        for name in ("orders/app.py", "layers/common/x.py", "layers/extra/python/y.py"):
            project.write(name)
        one = project.functions(SAM)["Orders"]
        assert one == Function(
            name="Orders",
            handler="app.handler",
            runtime="python3.13",
            code=project.folder / "orders",
            aliases=("Orders", "rehearsal-orders-dev"),
            layers=(project.folder / "layers/common", project.folder / "layers/extra"),
            missing_layers=("the layer arn:aws:lambda:us-east-1:1:layer:insights:38",),
            variables={
                "STAGE": "dev",
                "LEVEL": "DEBUG",
                "TABLE": "placeholder-Table",
                "PORT": "8080",
                "DEBUG": "false",
            },
            placeholders={"TABLE": ("Table",)},
            timeout=20,
            memory=1024,
            has_snapstart=True,
        )
        assert one.is_python

    def test_functions_of_other_languages_and_images_are_told_apart(self, project):
        found = project.functions(SAM)
        assert list(found) == ["Orders", "Web", "Reports"]
        assert [one.is_python for one in found.values()] == [True, False, False]
        assert [one.is_image for one in found.values()] == [False, False, True]

    def test_a_parameter_may_be_given(self, project):
        one = project.functions(SAM, Stage="prod")["Orders"]
        assert one.variables["STAGE"] == "prod"
        assert "rehearsal-orders-prod" in one.aliases

    def test_inline_code_is_a_text(self, project):
        found = project.functions("""
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  Runtime: python3.12
                  Handler: index.handler
                  InlineCode: |
                    def handler(event, context):
                        return 1
        """)
        assert found["F"].code == Inline("def handler(event, context):\n    return 1\n")
        assert (found["F"].timeout, found["F"].memory, found["F"].has_snapstart) == (3, 128, False)

    def test_code_that_is_not_said_lies_beside_the_template_and_uploaded_one_nowhere(self, project):
        found = project.functions("""
            Resources:
              Here: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler}}
              There:
                Type: AWS::Serverless::Function
                Properties: {CodeUri: s3://bucket/code.zip}
              Packaged:
                Type: AWS::Serverless::Function
                Properties: {CodeUri: {Bucket: bucket, Key: 0123456789}}
              File:
                Type: AWS::Lambda::Function
                Properties: {Code: src/app.py}
              Nowhere: {Type: AWS::Lambda::Function}
              Parameter:
                Type: AWS::Lambda::Function
                Properties: {Code: !Ref Folder}
        """)
        assert [one.code for one in found.values()] == [
            project.folder,
            None,
            None,
            project.folder / "src",
            None,
            None,
        ]

    def test_what_sam_has_built_is_preferred(self, project):
        project.write("orders/app.py")
        project.write(".aws-sam/build/Orders/app.py")
        project.write(".aws-sam/build/Common/python/x.py")
        built = SAM.replace("CodeUri: orders/", "CodeUri: Orders").replace(
            "layers/common", "Common"
        )
        project.write(".aws-sam/build/template.yaml", built)
        found = project.functions(SAM)
        build = project.folder / ".aws-sam/build"
        assert found["Orders"].code == build / "Orders"
        assert found["Orders"].source == project.folder / "orders"
        assert found["Orders"].layers == (build / "Common",)
        assert found["Web"].code == project.folder / "web"

    def test_nested_applications_get_their_parameters_and_layers(self, project):
        project.write("orders/handlers/app.py")
        project.write("shared/python/x.py")
        project.write(
            "orders/template.yaml",
            """
            Parameters: {Stage: {Type: String}, Layer: {Type: String}, Bus: {Type: String}}
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  CodeUri: handlers
                  Layers: [!Ref Layer]
                  Environment: {Variables: {STAGE: !Ref Stage, BUS: !Ref Bus}}
            """,
        )
        found = project.functions("""
            Resources:
              Shared:
                Type: AWS::Serverless::LayerVersion
                Properties: {ContentUri: shared}
              Orders:
                Type: AWS::Serverless::Application
                Properties:
                  Location: orders/template.yaml
                  Parameters:
                    Stage: !Sub "${AWS::Region}-x"
                    Layer: !Ref Shared
                    Bus: !GetAtt Bus.Arn
              Public:
                Type: AWS::Serverless::Application
                Properties: {Location: {ApplicationId: x, SemanticVersion: 1.0.0}}
        """)
        (one,) = found.values()
        assert one.name == "Orders/F"
        assert one.code == project.folder / "orders" / "handlers"
        assert one.layers == (project.folder / "shared",)
        assert one.variables == {"STAGE": "us-east-1-x", "BUS": "placeholder-Bus.Arn"}
        assert one.placeholders == {"BUS": ("Bus.Arn",)}

    def test_stacks_that_are_elsewhere_or_hold_themselves_are_noted(self, project):
        found = project.read("""
            Resources:
              Elsewhere:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: https://bucket/x.yaml}
              Again:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: ./template.yaml}
              Fn::ForEach::Functions: [Name, !Ref Names, {}]
        """)
        assert found.functions == ()
        assert found.notes == (
            "the stack Elsewhere in template.yaml lies elsewhere",
            f"{project.folder / 'template.yaml'} holds itself",
            "Fn::ForEach::Functions is not carried out: its items are not known",
        )

    def test_what_a_nested_stack_gives_out_is_known(self, project):
        project.write(
            "tables.yaml",
            """
            Parameters: {Stage: {Type: String}}
            Resources:
              Table: {Type: AWS::DynamoDB::Table}
              Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
            Outputs:
              Prefix: {Value: !Sub "orders-${Stage}"}
              Name: {Value: !Ref Table}
              Layer: {Value: !Ref Layer}
              Empty: {Description: has no value}
            """,
        )
        project.write("layer/python/x.py")
        (one,) = project.functions("""
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  Layers: [!GetAtt Tables.Outputs.Layer]
                  Environment:
                    Variables:
                      PREFIX: !GetAtt Tables.Outputs.Prefix
                      NAME: !Sub "x-${Tables.Outputs.Name}"
                      LONG: {Fn::GetAtt: [Tables, Outputs.Prefix]}
                      EMPTY: !GetAtt Tables.Outputs.Empty
                      NONE: !GetAtt Tables.Outputs.Other
                      ELSEWHERE: !GetAtt Elsewhere.Outputs.X
                      NO_STACK: !GetAtt F.Outputs.X
              Tables:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: tables.yaml, Parameters: {Stage: dev, Unknown: !Ref F}}
              Elsewhere:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: https://bucket/x.yaml}
        """).values()
        assert one.variables == {
            "PREFIX": "orders-dev",
            "NAME": "x-placeholder-Table",
            "LONG": "orders-dev",
            "EMPTY": "placeholder-Tables.Outputs.Empty",
            "NONE": "placeholder-Tables.Outputs.Other",
            "ELSEWHERE": "placeholder-Elsewhere.Outputs.X",
            "NO_STACK": "placeholder-F.Outputs.X",
        }
        assert one.placeholders["NAME"] == ("Table",)
        assert {*one.placeholders} == {"NAME", "EMPTY", "NONE", "ELSEWHERE", "NO_STACK"}
        assert one.layers == (project.folder / "layer",)

    def test_one_stack_may_get_what_another_gives_out_but_not_in_a_circle(self, project):
        project.write(
            "one.yaml",
            """
            Parameters: {In: {Type: String}}
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties: {Environment: {Variables: {IN: !Ref In}}}
            Outputs: {Out: {Value: !Sub "${In}-out"}}
            """,
        )
        stack = (
            "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: one.yaml, Parameters: "
        )
        found = project.functions(f"""
            Resources:
              A: {stack}{{In: !GetAtt B.Outputs.Out}}}}}}
              B: {stack}{{In: x}}}}}}
              C: {stack}{{In: !GetAtt D.Outputs.Out}}}}}}
              D: {stack}{{In: !GetAtt C.Outputs.Out}}}}}}
        """)
        assert [found[f"{one}/F"].variables["IN"] for one in "ABC"] == [
            "x-out",
            "x",
            "placeholder-C.Outputs.Out-out",
        ]

    def test_loops_are_carried_out(self, project):
        found = project.read("""
            Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
            Parameters: {Names: {Type: CommaDelimitedList, Default: "Orders, Prices"}}
            Resources:
              Fn::ForEach::Functions:
                - Name
                - !Ref Names
                - ${Name}Function:
                    Type: AWS::Serverless::Function
                    Properties:
                      CodeUri: !Sub "src/${Name}"
                      FunctionName: !Ref Name
                      Layers: [["kept"]]
                      Timeout: 5
                      Environment:
                        Variables:
                          Fn::ForEach::Stages:
                            - Stage
                            - [us-east, eu]
                            - "AT_&{Stage}": "${Name} in ${Stage}"
              Fn::ForEach::Broken: [Name]
        """)
        assert [one.name for one in found.functions] == ["OrdersFunction", "PricesFunction"]
        orders = found.functions[0]
        assert orders.code == project.folder / "src" / "Orders"
        assert orders.aliases == ("OrdersFunction", "Orders")
        assert orders.variables == {"AT_useast": "Orders in us-east", "AT_eu": "Orders in eu"}
        assert found.notes == ("Fn::ForEach::Broken is not carried out: its items are not known",)


class TestCloudFormation:
    def test_json_with_conditions_and_mappings(self, project):
        template = {
            "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
            "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
            "Mappings": {"Sizes": {"dev": {"memory": 256}, "prod": {"memory": 2048}}},
            "Resources": {
                "F": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "Runtime": "python3.12",
                        "Handler": "index.handler",
                        "MemorySize": {"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]},
                        "SnapStart": {
                            "ApplyOn": {"Fn::If": ["IsProd", "PublishedVersions", "None"]}
                        },
                        "Environment": {
                            "Fn::If": [
                                "IsProd",
                                {"Variables": {"LEVEL": "INFO"}},
                                {"Ref": "AWS::NoValue"},
                            ]
                        },
                        "Code": {"ZipFile": "import os\n"},
                    },
                },
                "ProdOnly": {"Type": "AWS::Lambda::Function", "Condition": "IsProd"},
            },
        }
        found = project.functions(template, name="t.json")
        assert list(found) == ["F"]
        assert (found["F"].memory, found["F"].has_snapstart, found["F"].variables) == (
            256,
            False,
            {},
        )
        assert found["F"].code == Inline("import os\n")
        found = project.functions(template, name="t.json", Stage="prod")
        assert list(found) == ["F", "ProdOnly"]
        assert (found["F"].memory, found["F"].has_snapstart) == (2048, True)
        assert found["F"].variables == {"LEVEL": "INFO"}

    def test_flow_style_anchors_and_merges_of_yaml_are_read(self, project):
        found = project.functions("""
            {Resources: {
              A: {Type: AWS::Lambda::Function, Properties: &p {Runtime: python3.12, Timeout: 5}},
              B: {Type: AWS::Lambda::Function, Properties: {<<: *p, Timeout: !!int "7"}},
            }}
        """)
        assert [(one.runtime, one.timeout) for one in found.values()] == [
            ("python3.12", 5),
            ("python3.12", 7),
        ]

    def test_an_image_has_its_address_in_the_code(self, project):
        found = project.functions("""
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties: {Code: {ImageUri: registry/x}, Runtime: python3.12}
        """)
        assert found["F"].is_image
        assert not found["F"].is_python

    def test_a_region_may_be_given(self, project):
        parameters = {"AWS::Region": "cn-north-1"}
        one = project.variables("", '!Sub "${AWS::Partition} ${AWS::URLSuffix}"', **parameters)
        assert (one.variables["X"], one.region) == ("aws-cn amazonaws.com.cn", "cn-north-1")
        parameters = {"AWS::Region": "us-gov-west-1"}
        assert project.variables("", '!Ref "AWS::Partition"', **parameters).variables == {
            "X": "aws-us-gov"
        }


CDK_STACK = {
    "Resources": {
        "OrdersFn1A2B": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {
                    "S3Bucket": {"Fn::Sub": "cdk-hnb-assets-${AWS::AccountId}-${AWS::Region}"},
                    "S3Key": "abc.zip",
                },
                "Handler": "app.handler",
                "Runtime": "python3.13",
                "Layers": [{"Ref": "Layer77"}],
                "SnapStart": {"ApplyOn": "PublishedVersions"},
                "Environment": {"Variables": {"TABLE": {"Ref": "TableCD117FA1"}}},
            },
            "Metadata": {
                "aws:cdk:path": "Shop/OrdersFn/Resource",
                "aws:asset:path": "asset.abc",
                "aws:asset:property": "Code",
            },
        },
        "Layer77": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "b", "S3Key": "def.zip"}},
        },
        "Nested": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {
                "TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}]]},
                "Parameters": {"referencetoTable": {"Ref": "TableCD117FA1"}},
            },
            "Metadata": {"aws:asset:path": "ShopNested.nested.template.json"},
        },
    }
}
CDK_NESTED = {
    "Parameters": {"referencetoTable": {"Type": "String"}},
    "Resources": {
        "Inner": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Key": "abc.zip"},
                "Runtime": "python3.12",
                "Environment": {"Variables": {"TABLE": {"Ref": "referencetoTable"}}},
            },
        }
    },
}


@pytest.fixture
def cdk(project: Project) -> Project:
    stack = {"templateFile": "Shop.template.json", "stackName": "shop-prod"}
    project.write(
        "cdk.out/manifest.json",
        {
            "version": "44.0.0",
            "artifacts": {
                "Shop.assets": {"type": "cdk:asset-manifest", "properties": {}},
                "Shop": {"type": "aws:cloudformation:stack", "properties": stack},
                "Prod": {
                    "type": "cdk:cloud-assembly",
                    "properties": {"directoryName": "assembly-Prod"},
                },
                "Tree": {"type": "cdk:tree"},
            },
        },
    )
    project.write("cdk.out/Shop.template.json", CDK_STACK)
    project.write("cdk.out/ShopNested.nested.template.json", CDK_NESTED)
    files = {
        "abc": {"source": {"path": "asset.abc", "packaging": "zip"}},
        "def": {"source": {"path": "asset.def", "packaging": "zip"}},
    }
    project.write("cdk.out/Shop.assets.json", {"files": files})
    project.write("cdk.out/Other.assets.json", {"files": {}})
    project.write("cdk.out/asset.abc/app.py")
    project.write("cdk.out/asset.def/python/shared.py")
    inner = {"templateFile": "ProdShop.template.json"}
    project.write(
        "cdk.out/assembly-Prod/manifest.json",
        {"artifacts": {"ProdShop": {"type": "aws:cloudformation:stack", "properties": inner}}},
    )
    staged = {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "../asset.abc"}}
    project.write("cdk.out/assembly-Prod/ProdShop.template.json", {"Resources": {"F": staged}})
    return project


class TestCdk:
    @pytest.mark.parametrize("path", ["cdk.out", "cdk.out/manifest.json"])
    def test_all_stacks_of_the_output_are_read(self, cdk, path):
        out = cdk.folder / "cdk.out"
        orders, nested, staged = read(cdk.folder / path, {}).functions
        assert orders.name == "shop-prod/OrdersFn1A2B"
        assert orders.aliases == ("OrdersFn1A2B", "Shop/OrdersFn")
        assert (orders.code, orders.layers) == (out / "asset.abc", (out / "asset.def",))
        assert (orders.has_snapstart, orders.handler) == (True, "app.handler")
        assert orders.placeholders == {"TABLE": ("TableCD117FA1",)}
        assert nested.name == "shop-prod/Nested/Inner"
        assert nested.code == out / "asset.abc"
        assert nested.placeholders == {"TABLE": ("TableCD117FA1",)}
        assert staged.name == "ProdShop/F"
        assert (staged.code / "app.py").is_file()

    def test_one_stack_is_a_template_like_others(self, cdk):
        names = [one.name for one in read(cdk.folder / "cdk.out/Shop.template.json", {}).functions]
        assert names == ["OrdersFn1A2B", "Nested/Inner"]


SERVERLESS = {
    "Resources": {
        "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
        "PythonRequirementsLambdaLayer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {
                "Content": {
                    "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                    "S3Key": "serverless/shop/dev/1/pythonRequirements.zip",
                }
            },
        },
        "HelloLambdaFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {
                    "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                    "S3Key": "serverless/shop/dev/1700000000000-2023-11-14T22:13:20.000Z/shop.zip",
                },
                "Handler": "src/hello.handler",
                "Runtime": "python3.12",
                "FunctionName": "shop-dev-hello",
                "MemorySize": 1024,
                "Timeout": 6,
                "SnapStart": {"ApplyOn": "PublishedVersions"},
                "Layers": [{"Ref": "PythonRequirementsLambdaLayer"}],
            },
        },
    }
}


class TestServerless:
    NAME = ".serverless/cloudformation-template-update-stack.json"

    def test_code_is_in_the_archives_beside_the_compiled_template(self, project):
        project.write(".serverless/shop.zip", "x")
        project.write(".serverless/pythonRequirements.zip", "x")
        project.write(self.NAME, SERVERLESS)
        (one,) = read(project.folder / ".serverless", {}).functions
        assert one.code == project.folder / ".serverless" / "shop.zip"
        assert one.layers == (project.folder / ".serverless" / "pythonRequirements.zip",)
        assert one.source == project.folder
        assert one.aliases == ("HelloLambdaFunction", "shop-dev-hello")
        assert (one.handler, one.timeout, one.memory) == ("src/hello.handler", 6, 1024)

    def test_without_archives_it_is_what_they_are_made_of(self, project):
        (one,) = project.functions(SERVERLESS, name=self.NAME).values()
        assert one.code == project.folder


SECTIONS = """
    Parameters:
      Name: {Type: String, Default: shop}
      Names: {Type: CommaDelimitedList, Default: "a, b"}
      Wanted: {Type: String}
      Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /shop/image}
    Mappings:
      M: {one: {two: three}}
    Conditions:
      IsShop: !Equals [!Ref Name, shop]
      IsOther: !Not [!Condition IsShop]
      Both: !And [!Condition IsShop, !Condition IsOther]
      Any: !Or [!Condition IsShop, !Condition IsOther]
      Cycle: !Not [!Condition Cycle]
"""


class TestFunctionsOfTemplates:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("plain", "plain"),
            ("2024-01-31", "2024-01-31"),
            ("1.5", "1.5"),
            ("[a, 1]", "a,1"),
            ("!Ref Name", "shop"),
            ("!Ref Names", "a,b"),
            ('!Ref "AWS::NotificationARNs"', ""),
            ('!Ref "AWS::AccountId"', "123456789012"),
            ('!Sub "${Name}-${AWS::Region}-${!Literal}"', "shop-us-east-1-${Literal}"),
            ('!Sub ["${A}/${Name}", {A: !Ref Name}]', "shop/shop"),
            ("!Join [-, [a, !Ref Name]]", "a-shop"),
            ("!Join [-, !Ref Names]", "a-b"),
            ("!Select [1, !Ref Names]", "b"),
            ('!Select ["0", !Split [":", "x:y"]]', "x"),
            ("!FindInMap [M, one, two]", "three"),
            ("!FindInMap [M, one, zero, {DefaultValue: other}]", "other"),
            ("!If [IsShop, a, b]", "a"),
            ("!If [IsOther, a, b]", "b"),
            ("!If [Both, a, b]", "b"),
            ("!If [Any, a, b]", "a"),
            ("!Base64 x", "eA=="),
            ('!Select [0, !GetAZs ""]', "us-east-1a"),
            ("{Fn::Length: [a, b]}", "2"),
            ("{Fn::ToJsonString: {a: !Ref Name}}", '{"a":"shop"}'),
            ('"{{no dynamic reference}}"', "{{no dynamic reference}}"),
        ],
    )
    def test_what_can_be_resolved_is(self, project, value, expected):
        one = project.variables(SECTIONS, value)
        assert one.variables == {"X": expected}
        assert one.placeholders == {}

    @pytest.mark.parametrize(
        ("value", "expected", "lacking"),
        [
            ("!Ref Table", "placeholder-Table", "Table"),
            ("!Ref Wanted", "placeholder-parameter-Wanted", "parameter Wanted"),
            ("!Ref Image", "placeholder-ssm:/shop/image", "ssm:/shop/image"),
            ("!GetAtt Table.Arn", "placeholder-Table.Arn", "Table.Arn"),
            ('!Sub "https://${Api}.x"', "https://placeholder-Api.x", "Api"),
            (
                '!Sub "${Nested.Outputs.Url}/"',
                "placeholder-Nested.Outputs.Url/",
                "Nested.Outputs.Url",
            ),
            ("!ImportValue shared", "placeholder-export-shared", "export shared"),
            ('"{{resolve:ssm:/a:1}}/x"', "placeholder-ssm:/a:1/x", "ssm:/a:1"),
            ("!FindInMap [M, zero, two]", 'placeholder-FindInMap-["M",-"zero",-"two"]', None),
            ("!Join [a]", 'placeholder-Join-["a"]', None),
            ("!Join [a, b]", 'placeholder-Join-["a",-"b"]', None),
            ("!Select [7, [a]]", 'placeholder-Select-[7,-["a"]]', None),
            ("!Transform {Name: X}", 'placeholder-Transform-{"Name":-"X"}', None),
            ("!Cidr x", "placeholder-Cidr-x", "Cidr x"),
            ("!If [Unknown, a, b]", "b", "condition Unknown"),
            ("!If [Cycle, a, b]", "a", "condition Cycle"),
        ],
    )
    def test_what_cannot_becomes_a_placeholder_that_bears_its_name(
        self, project, value, expected, lacking
    ):
        one = project.variables(SECTIONS, value)
        assert one.variables == {"X": expected}
        (names,) = one.placeholders.values()
        assert len(names) == 1
        assert lacking in (None, *names)

    def test_what_has_no_value_is_left_out(self, project):
        assert project.variables("", '!Ref "AWS::NoValue"').variables == {}
        assert project.variables("", '[a, !Ref "AWS::NoValue"]').variables == {"X": "a"}

    def test_a_list_may_be_given(self, project):
        one = project.variables(SECTIONS, "!Select [1, !Ref Names]", Names="x,y")
        assert one.variables == {"X": "y"}


class TestWrongTemplates:
    @pytest.mark.parametrize(
        ("name", "text", "expected"),
        [
            ("t.yaml", "a: [", "t.yaml is no YAML: while parsing"),
            ("t.yaml", "a: !Sub {b: !!python/object:x {}}", "t.yaml is no YAML: could not"),
            ("t.json", '{"a": 1,, }', "t.json is no JSON: Expecting"),
            ("t.yaml", "- a", "t.yaml is no template: it has no Resources"),
            ("t.yaml", "name: shop", "t.yaml is no template: it has no Resources"),
            ("t.yaml", "Resources: []", "t.yaml is no template: it has no Resources"),
        ],
    )
    def test_they_are_told_in_one_line(self, project, name, text, expected):
        with pytest.raises(TemplateError, match=expected) as raised:
            project.read(text, name)
        assert "\n" not in str(raised.value)

    def test_a_file_that_is_not_there_and_a_folder_without_one_are_told(self, project):
        with pytest.raises(TemplateError, match="cannot read"):
            read(project.folder / "t.yaml", {})
        with pytest.raises(TemplateError, match=r"has no template: template\.yaml"):
            read(project.folder, {})

    def test_a_parameter_that_there_is_not_is_told(self, project):
        with pytest.raises(TemplateError, match=r"has no parameter 'stage'. Parameters: AWS::"):
            project.read(SAM, stage="prod")

    def test_what_is_of_another_form_is_passed_over(self, project):
        found = project.functions("""
            Globals: {Function: [no]}
            Resources:
              A: text
              B:
                Type: AWS::Serverless::Function
                Metadata: none
                Properties: {Timeout: soon, Layers: none, Environment: none, CodeUri: [a]}
              C: {Type: AWS::Lambda::Function, Properties: [a]}
              D:
                Type: AWS::Lambda::Function
                Properties: {Layers: [!Ref A, !Ref C], Environment: {Variables: !Ref A}}
        """)
        assert list(found) == ["B", "C", "D"]
        assert (found["B"].timeout, found["B"].code, found["B"].variables) == (3, None, {})
        assert found["D"].missing_layers == ("the layer A", "the layer C")
        assert found["D"].variables == {}

    def test_yaml_needs_a_library_and_json_none(self, project):
        project.write("template.yaml", SAM)
        project.write("template.json", CDK_STACK)
        program = """
            import pathlib, sys
            sys.modules["yaml"] = None
            from snapshot_restore_py._application.function import TemplateError
            from snapshot_restore_py._application.templates import read
            try:
                read(pathlib.Path(sys.argv[1]), {})
                print("read")
            except TemplateError as error:
                print(error)
        """
        for name, expected in (("yaml", "snapshot-restore[templates]"), ("json", "read")):
            command = [sys.executable, "-c", textwrap.dedent(program), f"template.{name}"]
            done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
            assert expected in done.stdout, done.stderr
