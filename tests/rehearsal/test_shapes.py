"""Templates of the shapes that real projects have, written anew, and rehearsed by the command.

Each project has its functions' code; what they answer shows that it ran as the template says.
"""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from .test_applications import Application, Outcome

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Callable

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
# They answer with their own variables.
TELLS = """\
import os

def handler(event, context):
    return {name: os.environ[name] for name in sorted(os.environ) if name.startswith("SHOP_")}
"""
ON = {"ApplyOn": "PublishedVersions"}


class Project(Application):
    """A project as its tool leaves it."""

    def yaml(self, name: str, text: str) -> None:
        self.write(name, textwrap.dedent(text).replace("PYTHON", VERSION))

    def json(self, name: str, content: Any) -> None:
        self.write(name, json.dumps(content, indent=1))

    def results(self, found: Outcome) -> dict[str, Any]:
        return {name: found.result(name) for name in found.reports}


Shape = tuple[str, tuple[str, ...], dict[str, Any], str]


def sam(project: Project) -> Shape:
    """Globals, a parameter, a table, events that do not matter."""
    project.write("orders/app.py", TELLS)
    project.write("prices/app.py", TELLS)
    project.yaml(
        "template.yaml",
        """\
        AWSTemplateFormatVersion: 2010-09-09
        Transform: AWS::Serverless-2016-10-31
        Description: A shop
        Parameters:
          Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
        Globals:
          Function:
            Runtime: PYTHON
            Handler: app.handler
            Timeout: 30
            SnapStart: {ApplyOn: PublishedVersions}
            Environment: {Variables: {SHOP_STAGE: !Ref Stage}}
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: orders/
              AutoPublishAlias: live
              Environment: {Variables: {SHOP_TABLE: !Ref Table}}
              Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Table}}]
              Events: {Post: {Type: Api, Properties: {Path: /orders, Method: post}}}
          Prices:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: prices/}
          Table:
            Type: AWS::DynamoDB::Table
            Properties: {TableName: !Sub "${AWS::StackName}-orders"}
        Outputs:
          Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com"}
        """,
    )
    expected = {
        "Orders": {"SHOP_STAGE": "prod", "SHOP_TABLE": "placeholder-Table"},
        "Prices": {"SHOP_STAGE": "prod"},
    }
    return "template.yaml", ("--parameter", "Stage=prod"), expected, ""


def sam_built(project: Project) -> Shape:
    """After `sam build`: with its requirements, in folders named for the functions."""
    project.write("src/app.py", "import shop_library\n")
    project.write("src/requirements.txt", "shop-library\n")
    project.write(".aws-sam/build/Orders/app.py", "import shop_library\n" + TELLS)
    project.write(".aws-sam/build/Orders/shop_library.py", "")
    text = """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: %s
              Handler: app.handler
              Runtime: PYTHON
              SnapStart: {ApplyOn: PublishedVersions}
    """
    project.yaml("template.yaml", text % "src")
    project.yaml(".aws-sam/build/template.yaml", text % "Orders")
    return ".", (), {"Orders": {}}, ""


def sam_layers(project: Project) -> Shape:
    """One package of shared code in a layer, and one layer of somebody else."""
    project.write("layers/shared/python/shop/__init__.py", "NAME = 'shared'\n")
    handler = "import shop\ndef handler(event, context):\n    return shop.NAME\n"
    project.write("orders/app.py", handler)
    project.yaml(
        "template.yml",
        """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Shared:
            Type: AWS::Serverless::LayerVersion
            Properties: {ContentUri: layers/shared, CompatibleRuntimes: [PYTHON]}
            Metadata: {BuildMethod: PYTHON}
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: orders
              Handler: app.handler
              Runtime: PYTHON
              SnapStart: {ApplyOn: PublishedVersions}
              Layers:
                - !Ref Shared
                - !Sub "arn:aws:lambda:${AWS::Region}:017000801446:layer:Powertools:7"
        """,
    )
    told = "Orders lacks the layer arn:aws:lambda:us-east-1:017000801446:layer:Powertools:7"
    return "template.yml", (), {"Orders": "shared"}, told


def sam_nested(project: Project) -> Shape:
    """An application of applications, in which one gives a value to the other."""
    project.write("orders/src/app.py", TELLS)
    project.yaml(
        "data/template.yaml",
        """\
        Parameters: {Stage: {Type: String}}
        Resources: {Table: {Type: AWS::DynamoDB::Table}}
        Outputs: {Prefix: {Value: !Join ["-", [shop, !Ref Stage]]}}
        """,
    )
    project.yaml(
        "orders/template.yaml",
        """\
        Parameters: {Prefix: {Type: String}}
        Resources:
          Create:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src
              Handler: app.handler
              Runtime: PYTHON
              SnapStart: {ApplyOn: PublishedVersions}
              Environment: {Variables: {SHOP_PREFIX: !Ref Prefix}}
        """,
    )
    project.yaml(
        "template.yaml",
        """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Data:
            Type: AWS::Serverless::Application
            Properties: {Location: data/template.yaml, Parameters: {Stage: dev}}
          Orders:
            Type: AWS::Serverless::Application
            Properties:
              Location: orders/template.yaml
              Parameters: {Prefix: !GetAtt Data.Outputs.Prefix}
        """,
    )
    return "template.yaml", (), {"Orders/Create": {"SHOP_PREFIX": "shop-dev"}}, ""


def sam_loop(project: Project) -> Shape:
    """A function for each tenant, by the language extensions."""
    project.write("src/app.py", TELLS)
    project.yaml(
        "template.yaml",
        """\
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Resources:
          Fn::ForEach::Tenants:
            - Tenant
            - [Acme, Umbrella]
            - Handle${Tenant}:
                Type: AWS::Serverless::Function
                Properties:
                  CodeUri: src
                  Handler: app.handler
                  Runtime: PYTHON
                  SnapStart: {ApplyOn: PublishedVersions}
                  Environment: {Variables: {SHOP_TENANT: !Ref Tenant}}
        """,
    )
    expected = {f"Handle{one}": {"SHOP_TENANT": one} for one in ("Acme", "Umbrella")}
    return "template.yaml", (), expected, ""


def inline(project: Project) -> Shape:
    """CloudFormation with code in the template, conditions and mappings."""
    project.yaml(
        "stack.yaml",
        """\
        AWSTemplateFormatVersion: "2010-09-09"
        Mappings: {Levels: {dev: {log: DEBUG}, prod: {log: INFO}}}
        Parameters: {Env: {Type: String, Default: dev}}
        Conditions: {IsDev: !Equals [!Ref Env, dev]}
        Resources:
          Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
          Cleanup:
            Type: AWS::Lambda::Function
            Properties:
              Role: !GetAtt Role.Arn
              Runtime: PYTHON
              Handler: index.handler
              Code:
                ZipFile: |
                  import os
                  def handler(event, context):
                      return [os.environ["LEVEL"], __file__.endswith("index.py")]
              SnapStart: {ApplyOn: !If [IsDev, PublishedVersions, None]}
              Environment: {Variables: {LEVEL: !FindInMap [Levels, !Ref Env, log]}}
        """,
    )
    return "stack.yaml", (), {"Cleanup": ["DEBUG", True]}, ""


def packaged(project: Project) -> Shape:
    """CloudFormation in JSON, as `aws cloudformation package` takes it: archives, nested stacks."""
    project.pack("dist/orders.zip", **{"shop/orders.py": TELLS})
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": "../dist/orders.zip",
            "Handler": "shop.orders.handler",
            "Runtime": VERSION,
            "SnapStart": ON,
            "Environment": {"Variables": {"SHOP_QUEUE": {"Ref": "Queue"}}},
        },
    }
    project.json(
        "stacks/orders.json",
        {"Parameters": {"Queue": {"Type": "String"}}, "Resources": {"Create": function}},
    )
    parameters = {"Queue": {"Fn::Sub": "${AWS::StackName}-orders"}}
    stack = {"TemplateURL": "stacks/orders.json", "Parameters": parameters}
    resources = {"Orders": {"Type": "AWS::CloudFormation::Stack", "Properties": stack}}
    project.json("main.json", {"Resources": resources})
    arguments = ("--parameter", "AWS::StackName=shop")
    return "main.json", arguments, {"Orders/Create": {"SHOP_QUEUE": "shop-orders"}}, ""


def _asset(name: str, **properties: Any) -> dict[str, Any]:
    code = {"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}"}, "S3Key": name}
    given = {"Handler": "app.handler", "Runtime": VERSION, "SnapStart": ON, "Code": code}
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


def _assets(**files: str) -> dict[str, Any]:
    return {"files": {name: {"source": {"path": path}} for name, path in files.items()}}


def _stack(file: str) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": file}}


def cdk(project: Project) -> Shape:
    """`cdk synth`: two stacks, assets as folders and archives, a layer, a nested stack."""
    project.write("cdk.out/asset.aa11/app.py", f"import shop\n{TELLS}")
    project.pack("cdk.out/asset.bb22.zip", **{"python/shop.py": ""})
    project.pack("cdk.out/asset.cc33.zip", **{"app.py": TELLS})
    layer = {"Content": {"S3Bucket": "b", "S3Key": "bb22.zip"}}
    resources = {
        "OrdersFn5E6F": {
            **_asset(
                "aa11.zip",
                Layers=[{"Ref": "SharedLayer9A"}],
                Environment={"Variables": {"SHOP_TABLE": {"Ref": "TableCD11"}}},
            ),
            "Metadata": {"aws:cdk:path": "Shop/OrdersFn/Resource", "aws:asset:path": "asset.aa11"},
        },
        "SharedLayer9A": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
        "ReportsNestedStack": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {
                "TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}]]},
                "Parameters": {"referencetoShopStage": "dev"},
            },
            "Metadata": {"aws:asset:path": "ShopReports.nested.template.json"},
        },
    }
    project.json("cdk.out/Shop.template.json", {"Resources": resources})
    assets = _assets(aa11="asset.aa11", bb22="asset.bb22.zip", cc33="asset.cc33.zip")
    project.json("cdk.out/Shop.assets.json", assets)
    stage = {"Variables": {"SHOP_STAGE": {"Ref": "referencetoShopStage"}}}
    project.json(
        "cdk.out/ShopReports.nested.template.json",
        {
            "Parameters": {"referencetoShopStage": {"Type": "String"}},
            "Resources": {"DailyFn77": _asset("cc33.zip", Environment=stage)},
        },
    )
    project.json("cdk.out/Jobs.template.json", {"Resources": {"JobFn12": _asset("cc33.zip")}})
    artifacts = {
        "Shop": _stack("Shop.template.json"),
        "Jobs": _stack("Jobs.template.json"),
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    }
    project.json("cdk.out/manifest.json", {"version": "36.0.0", "artifacts": artifacts})
    expected = {
        "Shop/OrdersFn5E6F": {"SHOP_TABLE": "placeholder-TableCD11"},
        "Shop/ReportsNestedStack/DailyFn77": {"SHOP_STAGE": "dev"},
        "Jobs/JobFn12": {},
    }
    return "cdk.out", (), expected, ""


def cdk_stages(project: Project) -> Shape:
    """`cdk synth` of a pipeline: an assembly for each stage; one function is named by its path."""
    project.write("cdk.out/asset.dd44/app.py", TELLS)
    artifacts = {}
    for stage in ("Beta", "Prod"):
        folder = f"assembly-{stage}"
        function = _asset("dd44.zip", Environment={"Variables": {"SHOP_STAGE": stage}})
        function["Metadata"] = {
            "aws:cdk:path": f"{stage}/Shop/Fn/Resource",
            "aws:asset:path": "../asset.dd44",
        }
        project.json(f"cdk.out/{folder}/Shop.template.json", {"Resources": {"Fn1": function}})
        stack = _stack("Shop.template.json")
        stack["properties"]["stackName"] = f"{stage}-Shop"
        project.json(f"cdk.out/{folder}/manifest.json", {"artifacts": {"Shop": stack}})
        artifacts[folder] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": folder},
        }
    project.json("cdk.out/manifest.json", {"artifacts": artifacts})
    return "cdk.out", ("Prod/Shop/Fn",), {"Prod-Shop/Fn1": {"SHOP_STAGE": "Prod"}}, ""


def _serverless(**functions: Any) -> dict[str, Any]:
    resources: dict[str, Any] = {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}}
    for name, properties in functions.items():
        given = {"Runtime": VERSION, "SnapStart": ON, "FunctionName": f"shop-dev-{name.lower()}"}
        resources[f"{name}LambdaFunction"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {**given, **properties},
            "DependsOn": [f"{name}LogGroup"],
        }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def serverless(project: Project) -> Shape:
    """`serverless package`: one archive for all functions."""
    project.pack(".serverless/shop.zip", **{"src/orders.py": TELLS, "src/users.py": TELLS})
    code = {
        "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
        "S3Key": "serverless/shop/dev/1700000000000-2023-11-14T22:13:20.000Z/shop.zip",
    }
    variables = {"Variables": {"SHOP_BUCKET": {"Fn::GetAtt": ["Assets", "Arn"]}}}
    template = _serverless(
        Orders={"Code": code, "Handler": "src/orders.handler"},
        Users={"Code": code, "Handler": "src/users.handler", "Environment": variables},
    )
    project.json(".serverless/cloudformation-template-update-stack.json", template)
    expected = {
        "OrdersLambdaFunction": {},
        "UsersLambdaFunction": {"SHOP_BUCKET": "placeholder-Assets.Arn"},
    }
    return ".serverless", (), expected, ""


def serverless_individually(project: Project) -> Shape:
    """`serverless package` with `individually`: an archive for each function."""
    for name in ("orders", "users"):
        project.pack(
            f".serverless/{name}.zip",
            **{"app.py": f"def handler(event, context):\n    return {name!r}\n"},
        )
    functions = {
        name.title(): {
            "Handler": "app.handler",
            "Code": {"S3Bucket": "b", "S3Key": f"serverless/shop/dev/1/{name}.zip"},
        }
        for name in ("orders", "users")
    }
    project.json(".serverless/cloudformation-template-update-stack.json", _serverless(**functions))
    return ".serverless", ("shop-dev-users",), {"UsersLambdaFunction": "users"}, ""


def versions(project: Project) -> Shape:
    """A project on its way from one Python to the next."""
    project.write("src/app.py", TELLS)
    functions = "".join(
        f"  {name}: {{Type: AWS::Serverless::Function, Properties: {{Runtime: {runtime}}}}}\n"
        for name, runtime in (("Old", "python3.8"), ("New", "python3.99"), ("Ours", VERSION))
    )
    common = "CodeUri: src, Handler: app.handler, SnapStart: {ApplyOn: PublishedVersions}"
    project.write("template.yaml", f"Globals: {{Function: {{{common}}}}}\nResources:\n{functions}")
    told = f"rehearsed with {VERSION}, though their runtime is python3.8: Old\n"
    return "template.yaml", (), {"Old": {}, "New": {}, "Ours": {}}, told


def mixed(project: Project) -> Shape:
    """Images, another language, a web adapter, a function without SnapStart: they are left out."""
    project.write("src/app.py", TELLS)
    project.write("web/run.sh", "exec python -m uvicorn app:app")
    project.yaml(
        "template.yaml",
        """\
        Globals: {Function: {SnapStart: {ApplyOn: PublishedVersions}}}
        Resources:
          Image:
            Type: AWS::Serverless::Function
            Properties: {PackageType: Image}
            Metadata: {Dockerfile: Dockerfile, DockerContext: ./image}
          Registry:
            Type: AWS::Lambda::Function
            Properties: {Code: {ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/x}, PackageType: Image}
          Web:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: web, Handler: run.sh, Runtime: PYTHON}
          Front:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: front, Handler: index.handler, Runtime: nodejs22.x}
          Off:
            Type: AWS::Lambda::Function
            Properties: {Code: src, Handler: app.handler, Runtime: PYTHON}
          Ours:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: src, Handler: app.handler, Runtime: PYTHON}
        """,
    )
    told = "not rehearsed, because SnapStart takes no images: Image, Registry\n"
    return "template.yaml", (), {"Ours": {}}, told


def one_folder(project: Project) -> Shape:
    """One package for all functions, with relative imports and a handler in a package."""
    project.write("src/shop/__init__.py", "")
    project.write("src/shop/common.py", "NAME = 'common'\n")
    handler = (
        "from .common import NAME\ndef handler(event, context):\n    return [NAME, __name__]\n"
    )
    for name in ("orders", "prices"):
        project.write(f"src/shop/{name}.py", handler)
    project.yaml(
        "template.yaml",
        """\
        Globals:
          Function: {CodeUri: src, Runtime: PYTHON, SnapStart: {ApplyOn: PublishedVersions}}
        Resources:
          Orders: {Type: AWS::Serverless::Function, Properties: {Handler: shop.orders.handler}}
          Prices: {Type: AWS::Serverless::Function, Properties: {Handler: shop/prices.handler}}
        """,
    )
    expected = {"Orders": ["common", "shop.orders"], "Prices": ["common", "shop.prices"]}
    return "template.yaml", (), expected, ""


SHAPES = [
    *(sam, sam_built, sam_layers, sam_nested, sam_loop, inline, packaged, cdk, cdk_stages),
    *(serverless, serverless_individually, versions, mixed, one_folder),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_its_functions_run_as_the_template_says(shape: Callable[[Project], Shape], tmp_path: Path):
    project = Project(tmp_path)
    template, arguments, expected, told = shape(project)
    found = project.run(*arguments, "--no-second-call", template=template)
    assert project.results(found) == expected, found.stderr
    assert found.status == 0
    assert all(one["ok"] for one in found.reports.values())
    assert told in found.stderr
